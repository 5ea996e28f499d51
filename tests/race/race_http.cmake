mintmark_test(NAME race-http SOURCES ${CMAKE_CURRENT_LIST_DIR}/race_http.c LINKS rpc/http state/base LABELS race PLAIN
              SYSTEM Threads::Threads)
