/*
 * A library that needs room in the static TLS block, of which little is left
 * for those that are loaded late.
 */
__attribute__((tls_model("initial-exec"))) __thread char tls_room[1024];

char *tls_address(void);

char *tls_address(void)
{
	return tls_room;
}
