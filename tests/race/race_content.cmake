mintmark_test(NAME race-content SOURCES ${CMAKE_CURRENT_LIST_DIR}/race_content.c LINKS p2p/content
              SYSTEM Threads::Threads PLAIN LABELS race)
