mintmark_fuzz(NAME qbft SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_qbft.c LINKS node/qbft tests/lib/validator)
