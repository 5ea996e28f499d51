mintmark_fuzz(NAME http-multipart SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_http_multipart.c LINKS rpc/http state/base)
