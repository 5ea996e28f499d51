mintmark_fuzz(NAME json SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_json.c LINKS state/codec)
