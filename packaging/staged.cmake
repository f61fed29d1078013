# After the files were laid out, before they are packed: what the two kinds of package want in different places.
file(GLOB_RECURSE completion ${CPACK_TEMPORARY_DIRECTORY}/*/_enrichd)
if(CPACK_GENERATOR STREQUAL "RPM" AND completion MATCHES "vendor-completions")
    get_filename_component(directory ${completion} DIRECTORY)
    string(REPLACE vendor-completions site-functions ours ${directory})
    file(RENAME ${directory} ${ours})
endif()
if(CPACK_GENERATOR STREQUAL "RPM")
    file(GLOB_RECURSE overrides ${CPACK_TEMPORARY_DIRECTORY}/usr/share/lintian/*)
    foreach(file ${overrides})
        string(REGEX REPLACE "(/usr/share/lintian)/.*" "\\1" directory ${file})
        file(REMOVE_RECURSE ${directory})
    endforeach()
endif()
# An .rpm has the time of each file: that of the commit, not of whenever it was built.
execute_process(COMMAND find ${CPACK_TEMPORARY_DIRECTORY} -exec touch --no-dereference --date=@$ENV{SOURCE_DATE_EPOCH} {} +
    COMMAND_ERROR_IS_FATAL ANY)
