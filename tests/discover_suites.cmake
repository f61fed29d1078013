# Writes OUTPUT, which adds one test a suite of PROGRAM to ctest: a process for each single test would cost more than the
# tests do. Run after PROGRAM is linked; see folder_tests.
execute_process(COMMAND ${PROGRAM} --gtest_list_tests OUTPUT_VARIABLE listed RESULT_VARIABLE failed TIMEOUT 60)
if(failed)
    message(FATAL_ERROR "${PROGRAM} --gtest_list_tests: ${failed}")
endif()
# "Suite." stands at the beginning of a line, its tests below it.
string(REGEX MATCHALL "(^|\n)[A-Za-z_][A-Za-z0-9_/]*\\." suites "${listed}")
set(text "")
foreach(suite IN LISTS suites)
    string(REGEX REPLACE "[\n.]" "" suite "${suite}")
    string(APPEND text
        "add_test(\"${FOLDER}.${suite}\" \"${PROGRAM}\" \"--gtest_filter=${suite}.*\" --gtest_brief=1)\n"
        "set_tests_properties(\"${FOLDER}.${suite}\" PROPERTIES LABELS ${FOLDER} TIMEOUT ${LIMIT} WORKING_DIRECTORY \"${DIRECTORY}\")\n")
endforeach()
file(WRITE ${OUTPUT} "${text}")
