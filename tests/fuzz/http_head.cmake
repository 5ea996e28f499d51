mintmark_fuzz(NAME http-head SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_http_head.c LINKS rpc/http state/base)
