mintmark_fuzz(NAME api-query SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_api_query.c LINKS rpc/content)
