mintmark_fuzz(NAME rlp SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_rlp.c LINKS state/codec)
