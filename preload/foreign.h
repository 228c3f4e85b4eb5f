/* Noticing who has gone round us. */
#ifndef FDP_PRELOAD_FOREIGN_H
#define FDP_PRELOAD_FOREIGN_H

/*
 * Looks at one signal after the other, one each time it is called, and tells
 * the daemon of a handler that is not ours.  Cheap; not from a handler.
 */
void fdp_foreign_look(void);

#endif
