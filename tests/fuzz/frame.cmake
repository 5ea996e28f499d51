mintmark_fuzz(NAME frame SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_frame.c LINKS p2p/wire)
