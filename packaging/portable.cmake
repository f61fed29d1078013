# One binary for all distributions that docs/dev/portability.md lists: static is what they lack or have in another version.
# Dynamic stay glibc, libgcc_s, and what each of them has under the same soname: OpenSSL 3, zlib, libpsl, libidn2, libsystemd.
# tests/packaging/portability_test.py reads the result from the binary.

# Links the archive in place of the shared library of an imported target.
function(link_archive target archive)
    find_library(${archive}_PATH NAMES ${archive} REQUIRED)
    get_target_property(configurations ${target} IMPORTED_CONFIGURATIONS)
    set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${${archive}_PATH})
    foreach(configuration ${configurations})
        set_target_properties(${target} PROPERTIES IMPORTED_LOCATION_${configuration} ${${archive}_PATH})
    endforeach()
endfunction()

# Makes a program portable, once all that it links to is.
function(portable target)
    # libgcc_s stays shared: its archive wants a symbol of glibc 2.35, _dl_find_object.
    # No build id: it is a hash of the symbols for a debugger too, which hold the path of the sources (clang 16 names lambdas by it),
    # and two builds in different places would differ in it alone.
    target_link_options(${target} PRIVATE -static-libstdc++ -Wl,--build-id=none)
    # The archive of libstdc++ wants arc4random, of glibc 2.36.
    target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/daemon/app/arc4random.cpp)
endfunction()

link_archive(yaml-cpp libyaml-cpp.a)
link_archive(SQLite::SQLite3 libsqlite3.a)
target_link_libraries(SQLite::SQLite3 INTERFACE m)
set_target_properties(pugixml::pugixml PROPERTIES INTERFACE_LINK_LIBRARIES pugixml::static)
