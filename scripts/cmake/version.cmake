# generated/mintmark_version.h: the version, and the commit where the sources are a git checkout. Written at build time, and
# only when it changed, so that a commit without other changes rebuilds one file.
add_custom_target(mintmark_version
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DOUTPUT=${CMAKE_BINARY_DIR}/generated/mintmark_version.h
          -DVERSION=${PROJECT_VERSION} -P ${CMAKE_SOURCE_DIR}/scripts/cmake/write_version.cmake
  BYPRODUCTS ${CMAKE_BINARY_DIR}/generated/mintmark_version.h
  VERBATIM)
