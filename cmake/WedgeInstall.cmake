# Installs the library, its headers and what find_package(wedge) reads.
include(CMakePackageConfigHelpers)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/wedge)
install(TARGETS wedge EXPORT wedge)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/wedge DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT wedge NAMESPACE wedge:: DESTINATION ${package} FILE wedge-targets.cmake)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/wedge-config.cmake.in ${PROJECT_BINARY_DIR}/wedge-config.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/wedge-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/wedge-config.cmake ${PROJECT_BINARY_DIR}/wedge-config-version.cmake
        DESTINATION ${package})
