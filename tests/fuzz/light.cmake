mintmark_fuzz(NAME light SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_light.c LINKS state/light)
