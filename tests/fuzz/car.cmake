mintmark_fuzz(NAME car SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_car.c LINKS p2p/content)
