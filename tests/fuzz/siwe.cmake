mintmark_fuzz(NAME siwe SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_siwe.c LINKS rpc/siwe state/crypto state/base)
