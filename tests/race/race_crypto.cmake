mintmark_test(NAME race-crypto SOURCES ${CMAKE_CURRENT_LIST_DIR}/race_crypto.c LINKS state/crypto state/codec state/base LABELS race
              PLAIN SYSTEM Threads::Threads)
