mintmark_test(NAME race-links SOURCES ${CMAKE_CURRENT_LIST_DIR}/race_links.c ${CMAKE_CURRENT_LIST_DIR}/nng.c
              LINKS p2p/link state/base SYSTEM Threads::Threads PLAIN LABELS race)
