// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "common/base/error.hpp"
#include "common/config/schema.hpp"

namespace redoubt::config {

/// Whether a missing configuration file is an error.
enum class Presence { required, optional };

/// The values of all keys of a schema, each with where it came from.
class Settings {
  public:
    /// Every key at its default.
    explicit Settings(Schema schema);

    /// Defaults, then `file`, then the drop-ins `file`.d/*.toml in the order of their names: the later wins.
    /// Errors: invalid_argument "FILE:LINE:COLUMN: ..." for the first thing wrong; errno's code when a file
    /// cannot be read.
    static Result<Settings> load(Schema schema, const std::filesystem::path& file, Presence presence);

    /// Takes the assignments of one TOML text; `file` names it in errors and as the source of the values.
    /// Errors: invalid_argument; the settings are then unchanged.
    Status merge(std::string_view text, const std::string& file);

    /// The value of a key of the schema. Asking for another key or kind is a broken invariant and ends the
    /// process.
    template <class T>
    [[nodiscard]] const T& get(std::string_view name) const {
        return *require(std::get_if<T>(&at(name).value));
    }
    /// "default", or "FILE:LINE".
    [[nodiscard]] const std::string& source_of(std::string_view name) const { return at(name).source; }

    /// The effective configuration as TOML, each value with its source as a comment.
    [[nodiscard]] std::string render() const;

  private:
    struct Setting {
        Value value;
        std::string source;
    };

    [[nodiscard]] const Setting& at(std::string_view name) const;
    template <class T>
    static T* require(T* pointer) {
        if (pointer == nullptr) std::abort();
        return pointer;
    }

    Schema schema_;
    std::map<std::string, Setting, std::less<>> settings_;
};

} // namespace redoubt::config
