mintmark_test(NAME race-ainft SOURCES ${CMAKE_CURRENT_LIST_DIR}/race_ainft.c
              LINKS tests/lib contracts-native/natives contracts-native/abi state/exec state/codec state/base LABELS race
              PLAIN SYSTEM Threads::Threads)
