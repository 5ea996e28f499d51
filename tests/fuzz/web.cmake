mintmark_fuzz(NAME web SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_web.c LINKS rpc/web rpc/http state/base)
