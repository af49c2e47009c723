# cmake -DOUTPUT=x.cc -DNAMES="0001_core;…" -DFROM=<migrations> -P embed.cmake
# Writes EmbeddedMigrations(), the scripts as raw strings.
set(entries "")
foreach(name IN LISTS NAMES)
  string(REGEX MATCH "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)$" matched "${name}")
  if(NOT matched)
    message(FATAL_ERROR "migration ${name}: the name is not NNNN_name")
  endif()
  set(number "${CMAKE_MATCH_1}")
  set(title "${CMAKE_MATCH_2}")  # before the next regex: each forgets the groups of the last
  string(REGEX REPLACE "^0+" "" version "${number}")
  file(READ "${FROM}/${name}.up.sql" up)
  file(READ "${FROM}/${name}.down.sql" down)
  string(APPEND entries
    "      {${version}, \"${title}\", R\"__sql__(${up})__sql__\", R\"__sql__(${down})__sql__\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"server/storage/migrate/migration.h\"

namespace signet::storage {

const std::vector<Migration>& EmbeddedMigrations() {
  static const auto& migrations = *new std::vector<Migration>{
${entries}  };
  return migrations;
}

}  // namespace signet::storage
")
