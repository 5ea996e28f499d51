mintmark_fuzz(NAME profile SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_profile.c LINKS rpc/profile state/codec state/base)
