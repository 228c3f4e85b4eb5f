/* A libfdpreload.so from before most of its functions. */
const char *fdp_api_version(void);

const char *fdp_api_version(void)
{
	return "0.0.1";
}
