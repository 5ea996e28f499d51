# What is linked, by Debian 12's names (docs/decisions/0001-dependencies.md says why each).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(SECP256K1 REQUIRED IMPORTED_TARGET libsecp256k1>=0.2)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto>=3.0)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd>=0.9.75)
pkg_check_modules(YAJL REQUIRED IMPORTED_TARGET yajl>=2.1)
# Debian's has no pkg-config file.
find_library(WSLAY_LIBRARY wslay REQUIRED)
find_path(WSLAY_INCLUDE wslay/wslay.h REQUIRED)
add_library(wslay INTERFACE IMPORTED)
set_target_properties(wslay PROPERTIES INTERFACE_LINK_LIBRARIES "${WSLAY_LIBRARY}"
                      INTERFACE_INCLUDE_DIRECTORIES "${WSLAY_INCLUDE}")
find_library(ROCKSDB_LIBRARY rocksdb REQUIRED)
find_path(ROCKSDB_INCLUDE rocksdb/c.h REQUIRED)
add_library(rocksdb INTERFACE IMPORTED)
set_target_properties(rocksdb PROPERTIES INTERFACE_LINK_LIBRARIES "${ROCKSDB_LIBRARY}"
                      INTERFACE_INCLUDE_DIRECTORIES "${ROCKSDB_INCLUDE}")
find_library(NNG_LIBRARY nng REQUIRED)
find_path(NNG_INCLUDE nng/nng.h REQUIRED)
add_library(nng INTERFACE IMPORTED)
set_target_properties(nng PROPERTIES INTERFACE_LINK_LIBRARIES "${NNG_LIBRARY}"
                      INTERFACE_INCLUDE_DIRECTORIES "${NNG_INCLUDE}")
if(MINTMARK_TESTS)
  pkg_check_modules(CRITERION REQUIRED IMPORTED_TARGET criterion>=2.4)
endif()
