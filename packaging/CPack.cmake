# What goes where, and the packages made of it. `scripts/package` runs it; `cmake --install` lays the same files out.
set(prepared ${PROJECT_BINARY_DIR}/packaging)
set(pages ${PROJECT_BINARY_DIR}/pages)  # man pages, completions and the commented configuration, made by target `pages`
set(ENRICHD_MAINTAINER "enrichd maintainers <enrichd@packages.example>" CACHE STRING "whom the packages name")

set(COMMON "")
file(READ packaging/maintainer/common.sh COMMON)
file(READ systemd/enrichd.sysusers SYSUSERS)
string(STRIP "${SYSUSERS}" SYSUSERS)
foreach(script deb.preinst deb.postinst deb.prerm deb.postrm rpm.pre rpm.post rpm.preun rpm.postun tar.install)
    string(REPLACE "." "/" output ${script})
    configure_file(packaging/maintainer/${script}.in ${prepared}/${output} @ONLY
        FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endforeach()
file(WRITE ${prepared}/deb/conffiles "/etc/enrichd/enrichd.yaml\n")
file(CHMOD ${prepared}/deb/conffiles PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

# Made anew with each package: the version and the day may have changed.
add_custom_target(package_files
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/packaging/prepare ${pages} ${prepared} ${PROJECT_VERSION} ${ENRICHD_MAINTAINER}
    DEPENDS enrichd enrich-shim
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    VERBATIM)
if(TARGET pages)
    add_dependencies(package_files pages)
endif()

set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
install(TARGETS enrichd RUNTIME DESTINATION bin)
install(PROGRAMS ${PROJECT_BINARY_DIR}/enrich-shim DESTINATION lib/enrichd)
install(FILES systemd/enrichd.service systemd/enrichd.socket DESTINATION lib/systemd/system)
install(FILES systemd/enrichd.sysusers DESTINATION lib/sysusers.d RENAME enrichd.conf)
install(FILES systemd/enrichd.tmpfiles DESTINATION lib/tmpfiles.d RENAME enrichd.conf)
install(DIRECTORY DESTINATION /etc/enrichd DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE)
# The same in each version, so that no upgrade asks about a changed file.
install(FILES packaging/enrichd.yaml DESTINATION /etc/enrichd PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)
install(FILES ${pages}/enrichd.yaml DESTINATION share/doc/enrichd)
foreach(data wazuh grafana opensearch prometheus)
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/packaging/${data})
        install(DIRECTORY packaging/${data} DESTINATION share/enrichd
            PATTERN "*_test*" EXCLUDE PATTERN "*.py" EXCLUDE PATTERN "tests" EXCLUDE)
    endif()
endforeach()
install(FILES ${prepared}/enrichd.1.gz DESTINATION share/man/man1)
install(FILES ${prepared}/enrichd.yaml.5.gz DESTINATION share/man/man5)
install(FILES ${prepared}/enrich-shim.8.gz DESTINATION share/man/man8)
install(FILES ${pages}/enrichd.bash DESTINATION share/bash-completion/completions RENAME enrichd)
install(FILES ${pages}/_enrichd DESTINATION share/zsh/vendor-completions)
install(FILES ${pages}/enrichd.fish DESTINATION share/fish/vendor_completions.d)
install(FILES README.md packaging/copyright ${prepared}/changelog.gz DESTINATION share/doc/enrichd)
install(DIRECTORY docs DESTINATION share/doc/enrichd FILES_MATCHING PATTERN "*.md" PATTERN "*.png" PATTERN "*.svg"
    PATTERN status-page EXCLUDE)
install(FILES tests/data/sysmon22.json DESTINATION share/doc/enrichd/examples)
install(FILES packaging/lintian-overrides DESTINATION share/lintian/overrides RENAME enrichd)

set(CPACK_GENERATOR "DEB;RPM")
set(CPACK_PACKAGE_NAME enrichd)
set(CPACK_PACKAGE_VENDOR enrichd)
set(CPACK_PACKAGE_CONTACT "${ENRICHD_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "enriches Wazuh's DNS alerts with Domain Stats and AlienVault OTX")
set(CPACK_PACKAGE_DESCRIPTION_FILE ${CMAKE_CURRENT_SOURCE_DIR}/packaging/description)
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_CURRENT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS ${CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS})
set(CPACK_PACKAGE_RELOCATABLE OFF)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_SOURCE_DIR}/packaging/staged.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
# Written down, because their names differ from one distribution to the other: docs/dev/portability.md.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_PACKAGE_DEPENDS 
    "libc6 (>= 2.34), libgcc-s1, libidn2-0, libpsl5 | libpsl5t64, libssl3 | libssl3t64, libsystemd0, zlib1g, \
systemd (>= 249) | systemd-standalone-sysusers, systemd (>= 249) | systemd-standalone-tmpfiles, \
passwd, procps, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "publicsuffix")
set(CPACK_DEBIAN_PACKAGE_ENHANCES "wazuh-manager")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${prepared}/deb/preinst ${prepared}/deb/postinst ${prepared}/deb/prerm ${prepared}/deb/postrm ${prepared}/deb/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE "Apache-2.0")
set(CPACK_RPM_PACKAGE_GROUP "System Environment/Daemons")
set(CPACK_RPM_PACKAGE_REQUIRES "systemd, /usr/bin/kill, ca-certificates")
set(CPACK_RPM_PACKAGE_REQUIRES_PRE "systemd")
set(CPACK_RPM_PACKAGE_REQUIRES_POST "systemd")
set(CPACK_RPM_PACKAGE_REQUIRES_PREUN "systemd")
set(CPACK_RPM_PRE_INSTALL_SCRIPT_FILE ${prepared}/rpm/pre)
set(CPACK_RPM_POST_INSTALL_SCRIPT_FILE ${prepared}/rpm/post)
set(CPACK_RPM_PRE_UNINSTALL_SCRIPT_FILE ${prepared}/rpm/preun)
set(CPACK_RPM_POST_UNINSTALL_SCRIPT_FILE ${prepared}/rpm/postun)
set(CPACK_RPM_USER_FILELIST
    "%config(noreplace) %attr(0640, root, enrichd) /etc/enrichd/enrichd.yaml"
    "%dir %attr(0750, root, enrichd) /etc/enrichd")
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
    /etc /usr/lib/systemd /usr/lib/systemd/system /usr/lib/sysusers.d /usr/lib/tmpfiles.d
    /usr/share/man /usr/share/man/man1 /usr/share/man/man5 /usr/share/man/man8)
# What was stripped has nothing for a package of debugging symbols; rpm need not compress the man pages again.
string(CONCAT CPACK_RPM_SPEC_MORE_DEFINE
    "%define debug_package %{nil}\n%define __os_install_post %{nil}\n%define _build_id_links none\n"
    "%define _buildhost localhost\n%define use_source_date_epoch_as_buildtime 1\n"
    "%define clamp_mtime_to_source_date_epoch 1")
include(CPack)
