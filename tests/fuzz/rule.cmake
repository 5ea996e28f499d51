mintmark_fuzz(NAME rule
              SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_rule.c ${CMAKE_SOURCE_DIR}/tests/unit/contracts-native/rules/grow.c
              LINKS contracts-native/rules state/codec state/base)
