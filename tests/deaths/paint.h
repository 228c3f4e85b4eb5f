#ifndef PAINT_H
#define PAINT_H

/* stack_use.py knows it too. */
#define PAINT_BYTE 0xa5

/* Paints the calling thread's alternate stack and notes where it is. */
void paint_stack(const char *start_name, const char *size_name);

/* Another thread, which sleeps, with a painted stack. */
void start_bystander(void);

/* The daemon of this run is gone when it returns. */
void kill_daemon(void);

/* Until the daemon of this run knows us. */
void wait_for_daemon(void);

/* From here on sendmsg() is SIGSYS. */
void forbid_sending(void);

#endif
