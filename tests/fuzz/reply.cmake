mintmark_fuzz(NAME reply SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_reply.c LINKS rpc/client state/base)
