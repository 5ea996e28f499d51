# By hand over a database: build/release/tests/race/race-gc 600 FOLDER
mintmark_test(NAME race-gc SOURCES ${CMAKE_CURRENT_LIST_DIR}/race_gc.c ${CMAKE_CURRENT_LIST_DIR}/keepers.c LINKS p2p/content tests/lib
              SYSTEM Threads::Threads PLAIN LABELS race)
