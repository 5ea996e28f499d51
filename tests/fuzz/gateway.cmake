mintmark_fuzz(NAME gateway SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_gateway.c LINKS rpc/gateway p2p/content state/base)
