mintmark_test(NAME race-store SOURCES ${CMAKE_CURRENT_LIST_DIR}/race_store.c LINKS state/store SYSTEM Threads::Threads
              PLAIN LABELS race)
