mintmark_fuzz(NAME car-store SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_car_store.c LINKS p2p/content)
