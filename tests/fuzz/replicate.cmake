mintmark_fuzz(NAME replicate SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_replicate.c LINKS p2p/replicate p2p/content p2p/wire)
