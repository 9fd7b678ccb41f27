// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/config/settings.hpp"

#include <algorithm>
#include <vector>

#include "common/base/file.hpp"
#include "common/config/quantity.hpp"
#include "common/config/toml_reader.hpp"

namespace redoubt::config {
namespace {

std::string render_limit(const Value& kind, std::int64_t limit) {
    if (std::holds_alternative<ByteSize>(kind)) return render_size(static_cast<std::uint64_t>(limit));
    if (std::holds_alternative<Milliseconds>(kind)) return render_duration(Milliseconds(limit));
    return std::to_string(limit);
}

std::string kind_of(const TomlValue& value) {
    if (const auto* unusable = std::get_if<Unusable>(&value)) return unusable->kind;
    if (std::holds_alternative<bool>(value)) return "a boolean";
    if (std::holds_alternative<std::int64_t>(value)) return "a number";
    return std::holds_alternative<std::string>(value) ? "a string" : "an array";
}

std::unexpected<Error> wrong_kind(const Key& key, const TomlValue& given) {
    return fail(Code::invalid_argument, "'{}' must be {}, not {}", key.name,
                expectation_of(key.default_value), kind_of(given));
}

/// The TOML value as the kind the key has; limits are not looked at.
Result<Value> convert(const Key& key, const TomlValue& given) {
    const auto* text = std::get_if<std::string>(&given);
    const auto* number = std::get_if<std::int64_t>(&given);
    const auto named = context("'{}'", key.name);
    if (std::holds_alternative<ByteSize>(key.default_value)) {
        if (number != nullptr && *number >= 0) return ByteSize{static_cast<std::uint64_t>(*number)};
        if (text == nullptr) return wrong_kind(key, given);
        RDT_TRY(const auto bytes, parse_size(*text).transform_error(named));
        return ByteSize{bytes};
    }
    if (std::holds_alternative<Milliseconds>(key.default_value)) {
        if (text == nullptr) return wrong_kind(key, given);
        return parse_duration(*text).transform_error(named);
    }
    if (std::holds_alternative<bool>(key.default_value)) {
        if (const auto* flag = std::get_if<bool>(&given)) return *flag;
    } else if (std::holds_alternative<std::int64_t>(key.default_value)) {
        if (number != nullptr) return *number;
    } else if (std::holds_alternative<std::string>(key.default_value)) {
        if (text != nullptr) return *text;
    } else if (const auto* list = std::get_if<Strings>(&given)) {
        return *list;
    }
    return wrong_kind(key, given);
}

Status check_limits(const Key& key, const Value& value) {
    if (!key.limits) return {};
    std::int64_t number = 0;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) number = *whole;
    if (const auto* size = std::get_if<ByteSize>(&value)) number = static_cast<std::int64_t>(size->bytes);
    if (const auto* time = std::get_if<Milliseconds>(&value)) number = time->count();
    if (number >= key.limits->least && number <= key.limits->most) return {};
    return fail(Code::invalid_argument, "'{}' is {}, out of range: allowed is {} to {}", key.name,
                render_limit(value, number), render_limit(value, key.limits->least),
                render_limit(value, key.limits->most));
}

Status check_choice(const Key& key, const Value& value) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr || key.choices.empty() || std::ranges::contains(key.choices, *text)) return {};
    std::string allowed;
    for (const auto& choice : key.choices) allowed += (allowed.empty() ? "" : ", ") + choice;
    return fail(Code::invalid_argument, "'{}' is '{}', which is none of: {}", key.name, *text, allowed);
}

Result<Value> value_for(const Schema& schema, const TomlEntry& entry) {
    const Key* key = schema.find(entry.key);
    if (key == nullptr) {
        return fail(Code::invalid_argument, "unknown key '{}'{}", entry.key,
                    schema.suggestion_for(entry.key));
    }
    RDT_TRY(auto value, convert(*key, entry.value));
    RDT_CHECK(check_limits(*key, value));
    RDT_CHECK(check_choice(*key, value));
    return value;
}

bool is_empty_section(const Schema& schema, const TomlEntry& entry) {
    const auto* unusable = std::get_if<Unusable>(&entry.value);
    return unusable != nullptr && unusable->kind == "a section" &&
           std::ranges::any_of(schema.keys(),
                               [&](const Key& key) { return key.name.starts_with(entry.key + "."); });
}

Result<std::vector<std::filesystem::path>> drop_ins_of(const std::filesystem::path& file) {
    std::vector<std::filesystem::path> found;
    std::error_code error;
    const std::filesystem::path folder = file.string() + ".d";
    std::filesystem::directory_iterator entries(folder, error);
    if (error == std::errc::no_such_file_or_directory) return found;
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
        if (entries->path().extension() == ".toml") found.push_back(entries->path());
    }
    if (error) return fail_errno(error.value(), "read configuration folder {}", folder.string());
    std::ranges::sort(found);
    return found;
}

} // namespace

Settings::Settings(Schema schema) : schema_(std::move(schema)) {
    for (const auto& key : schema_.keys()) settings_[key.name] = {key.default_value, "default"};
}

Result<Settings> Settings::load(Schema schema, const std::filesystem::path& file, Presence presence) {
    Settings settings(std::move(schema));
    auto text = read_file(file);
    if (text) {
        RDT_CHECK(settings.merge(*text, file.string()));
    } else if (presence == Presence::required || text.error().code != Code::not_found) {
        return std::unexpected(text.error().within("configuration"));
    }
    RDT_TRY(const auto drop_ins, drop_ins_of(file));
    for (const auto& path : drop_ins) {
        RDT_TRY(const auto drop_in, read_file(path).transform_error(context("configuration")));
        RDT_CHECK(settings.merge(drop_in, path.string()));
    }
    return settings;
}

Status Settings::merge(std::string_view text, const std::string& file) {
    RDT_TRY(const auto entries, read_toml(text, file));
    auto merged = settings_;
    for (const auto& entry : entries) {
        if (is_empty_section(schema_, entry)) continue;
        RDT_TRY(auto value, value_for(schema_, entry).transform_error([&](const Error& error) {
            return Error{Code::invalid_argument,
                         std::format("{}:{}:{}: {}", file, entry.line, entry.column, error.message)};
        }));
        merged[entry.key] = {std::move(value), std::format("{}:{}", file, entry.line)};
    }
    settings_ = std::move(merged);
    return {};
}

const Settings::Setting& Settings::at(std::string_view name) const {
    const auto found = settings_.find(name);
    if (found == settings_.end()) std::abort();
    return found->second;
}

std::string Settings::render() const {
    // Keys without a section must stand before the first section in TOML.
    std::string top;
    std::string sections;
    std::string current;
    for (const auto& [name, setting] : settings_) {
        const auto dot = name.find('.');
        const std::string section = dot == std::string::npos ? "" : name.substr(0, dot);
        const std::string key = dot == std::string::npos ? name : name.substr(dot + 1);
        std::string& out = section.empty() ? top : sections;
        if (section != current && !section.empty()) out += std::format("\n[{}]\n", section);
        if (!section.empty()) current = section;
        out += std::format("{} = {} # {}\n", key, render_value(setting.value), setting.source);
    }
    return top + sections;
}

} // namespace redoubt::config
