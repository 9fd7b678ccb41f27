// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/profile_file.hpp"

#include <boost/json.hpp>

#include <array>
#include <set>

#include "common/base/file.hpp"

namespace redoubt::gui {
namespace {

constexpr std::int64_t k_version = 1;
constexpr std::size_t k_most_bytes = 1U << 20U;
constexpr std::size_t k_most_profiles = 1000;
constexpr std::size_t k_most_depth = 4;

struct Field {
    std::string_view name;
    std::string Profile::* value;
};
constexpr std::array k_fields{
    Field{"name", &Profile::name},
    Field{"address", &Profile::address},
    Field{"certificate", &Profile::certificate},
    Field{"key", &Profile::key},
    Field{"node_fingerprint", &Profile::node_fingerprint},
};

Result<Profile> parse_profile(const boost::json::value& value, std::size_t index) {
    const auto* object = value.if_object();
    if (object == nullptr) return fail(Code::invalid_argument, "profiles[{}] is no object", index);
    Profile out;
    for (const auto& [name, text] : *object) {
        const auto* const field =
            std::ranges::find(k_fields, std::string_view(name.data(), name.size()), &Field::name);
        if (field == k_fields.end())
            return fail(Code::invalid_argument, "profiles[{}]: no field is called '{}'", index,
                        std::string_view(name.data(), name.size()));
        const auto* string = text.if_string();
        if (string == nullptr)
            return fail(Code::invalid_argument, "profiles[{}].{} is no text", index, field->name);
        out.*(field->value) = std::string(*string);
    }
    if (auto status = check_profile(out); !status)
        return std::unexpected(status.error().within(std::format("profiles[{}]", index)));
    return out;
}

} // namespace

Result<std::vector<Profile>> parse_profiles(std::string_view text) {
    if (text.size() > k_most_bytes) return fail(Code::invalid_argument, "more than {} bytes", k_most_bytes);
    boost::system::error_code error;
    boost::json::parse_options options;
    options.max_depth = k_most_depth;
    const auto value = boost::json::parse(text, error, {}, options);
    if (error) return fail(Code::invalid_argument, "no JSON: {}", error.message());
    const auto* object = value.if_object();
    const auto* version = object == nullptr ? nullptr : object->if_contains("version");
    if (version == nullptr || !version->is_int64()) return fail(Code::invalid_argument, "no version");
    if (version->get_int64() != k_version)
        return fail(Code::failed_precondition, "version {}: this console reads version {}",
                    version->get_int64(), k_version);
    const auto* list = object->if_contains("profiles");
    if (list == nullptr || !list->is_array()) return fail(Code::invalid_argument, "no list 'profiles'");
    if (list->get_array().size() > k_most_profiles)
        return fail(Code::invalid_argument, "more than {} profiles", k_most_profiles);
    std::vector<Profile> out;
    std::set<std::string> names;
    for (const auto& item : list->get_array()) {
        RDT_TRY(auto profile, parse_profile(item, out.size()));
        if (!names.insert(profile.name).second)
            return fail(Code::invalid_argument, "profiles[{}]: there are two of the name '{}'", out.size(),
                        profile.name);
        out.push_back(std::move(profile));
    }
    return out;
}

std::string render_profiles(const std::vector<Profile>& profiles) {
    // One profile a block and keys in a fixed order: people keep such files in version control.
    std::string out = std::format("{{\n  \"version\": {},\n  \"profiles\": [", k_version);
    for (const auto& profile : profiles) {
        out += &profile == &profiles.front() ? "\n    {" : ",\n    {";
        const auto* separator = "\n";
        for (const auto& field : k_fields) {
            const auto& text = profile.*(field.value);
            if (text.empty()) continue;
            out += std::format("{}      \"{}\": {}", separator, field.name,
                               boost::json::serialize(boost::json::string(text)));
            separator = ",\n";
        }
        out += "\n    }";
    }
    return out + (profiles.empty() ? "]\n}\n" : "\n  ]\n}\n");
}

Result<std::vector<Profile>> load_profiles(const std::filesystem::path& file) {
    auto text = read_file(file, k_most_bytes);
    if (!text && text.error().code == Code::not_found) return std::vector<Profile>();
    if (!text) return std::unexpected(std::move(text).error());
    return parse_profiles(*text).transform_error(context("{}", file.native()));
}

Status save_profiles(const std::filesystem::path& file, const std::vector<Profile>& profiles) {
    std::error_code error;
    std::filesystem::create_directories(file.parent_path(), error);
    if (error) return fail(Code::internal, "make {}: {}", file.parent_path().native(), error.message());
    return write_file(file, render_profiles(profiles), 0600);
}

} // namespace redoubt::gui
