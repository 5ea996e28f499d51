mintmark_fuzz(NAME handshake SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_handshake.c LINKS p2p/wire SYSTEM PkgConfig::SODIUM)
