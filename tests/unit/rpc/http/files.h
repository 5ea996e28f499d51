/* Two files of this folder, embedded as a door's are, for the tests of rpc/http/file.h. */
#ifndef TESTS_UNIT_RPC_HTTP_FILES_H
#define TESTS_UNIT_RPC_HTTP_FILES_H

#include "rpc/http/file.h"

extern const struct http_file test_files[];
extern const size_t test_files_count;

#endif
