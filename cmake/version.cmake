# Run at every build: writes the revision into a header, which changes only when the revision does.
execute_process(COMMAND git describe --always --dirty --abbrev=12 WORKING_DIRECTORY "${SOURCE}"
                OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT revision)
  set(revision "unknown")
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT
  "#pragma once\n#define LAUREL_VERSION \"${VERSION}\"\n#define LAUREL_REVISION \"${revision}\"\n")
