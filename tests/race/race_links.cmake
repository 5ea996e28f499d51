mintmark_test(NAME race-links SOURCES ${CMAKE_CURRENT_LIST_DIR}/race_links.c LINKS p2p/link state/base LABELS race PLAIN
              SYSTEM Threads::Threads)
