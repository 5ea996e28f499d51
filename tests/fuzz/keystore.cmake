mintmark_fuzz(NAME keystore SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_keystore.c LINKS node/keys state/crypto state/codec state/base)
