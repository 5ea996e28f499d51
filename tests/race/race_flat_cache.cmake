mintmark_test(NAME race-flat-cache SOURCES ${CMAKE_CURRENT_LIST_DIR}/race_flat_cache.c LINKS tests/lib-chain state/ledger SYSTEM Threads::Threads PLAIN
              LABELS race TIMEOUT 300)
