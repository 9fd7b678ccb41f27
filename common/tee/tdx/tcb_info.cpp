// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/tdx/tcb_info.hpp"

#include <algorithm>

#include "common/encoding/hex.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::tee::tdx {
namespace {

constexpr std::array<std::string_view, 9> k_statuses{"UpToDate",
                                                     "SWHardeningNeeded",
                                                     "ConfigurationNeeded",
                                                     "ConfigurationAndSWHardeningNeeded",
                                                     "TDRelaunchAdvised",
                                                     "TDRelaunchAdvisedConfigurationNeeded",
                                                     "OutOfDate",
                                                     "OutOfDateConfigurationNeeded",
                                                     "Revoked"};
constexpr std::size_t k_max_levels = 256;
constexpr json::Limits k_limits{.max_bytes = 1U << 20U, .max_depth = 16};

Result<std::string> hex_member(const json::Node& node, std::string_view key, std::size_t size) {
    RDT_TRY(const auto text, node[key].string());
    RDT_TRY(auto bytes, encoding::from_hex(text).transform_error(context("{}", node[key].path())));
    if (bytes.size() != size)
        return node[key].wrong(std::format("{} bytes, where {} belong", bytes.size(), size));
    return bytes;
}

template <class Number>
Result<Number> number_member(const json::Node& node, std::string_view key) {
    RDT_TRY(const auto value, node[key].unsigned_integer());
    if (value > std::numeric_limits<Number>::max()) return node[key].wrong("too large");
    return static_cast<Number>(value);
}

Result<std::pair<Time, std::string>> time_member(const json::Node& node, std::string_view key) {
    RDT_TRY(const auto text, node[key].string());
    RDT_TRY(const auto time, parse_time(text).transform_error(context("{}", node[key].path())));
    return std::pair(time, text);
}

Result<std::array<std::uint8_t, 16>> components_member(const json::Node& tcb, std::string_view key) {
    RDT_TRY(const auto list, tcb[key].array());
    std::array<std::uint8_t, 16> components{};
    if (list.size() != components.size()) return tcb[key].wrong("not 16 components");
    for (std::size_t i = 0; i < list.size(); ++i) {
        RDT_TRY(components.at(i), number_member<std::uint8_t>(list[i], "svn"));
    }
    return components;
}

/// Version 2's names for the components: sgxtcbcomp01svn to 16.
Result<std::array<std::uint8_t, 16>> numbered_components(const json::Node& tcb) {
    std::array<std::uint8_t, 16> components{};
    for (std::size_t i = 0; i < components.size(); ++i) {
        RDT_TRY(components.at(i), number_member<std::uint8_t>(tcb, std::format("sgxtcbcomp{:02}svn", i + 1)));
    }
    return components;
}

Result<TcbStatus> status_member(const json::Node& node) {
    RDT_TRY(const auto text, node["tcbStatus"].string());
    return parse_tcb_status(text).transform_error(context("{}", node["tcbStatus"].path()));
}

Result<TcbLevel> read_level(const json::Node& node, bool is_tdx) {
    TcbLevel level;
    const auto tcb = node["tcb"];
    if (tcb["sgxtcbcomponents"].is_present()) {
        RDT_TRY(level.sgx_components, components_member(tcb, "sgxtcbcomponents"));
    } else {
        RDT_TRY(level.sgx_components, numbered_components(tcb));
    }
    if (is_tdx) {
        RDT_TRY(level.tdx_components, components_member(tcb, "tdxtcbcomponents"));
    }
    RDT_TRY(level.pce_svn, number_member<std::uint16_t>(tcb, "pcesvn"));
    RDT_TRY(level.date, node["tcbDate"].string());
    RDT_TRY(level.status, status_member(node));
    RDT_TRY(level.advisories, node["advisoryIDs"].strings_or_empty());
    return level;
}

Result<std::vector<SvnLevel>> read_svn_levels(const json::Node& list) {
    std::vector<SvnLevel> levels;
    RDT_TRY(const auto nodes, list.array());
    if (nodes.size() > k_max_levels) return list.wrong("too many levels");
    for (const auto& node : nodes) {
        SvnLevel level;
        RDT_TRY(level.isv_svn, number_member<std::uint16_t>(node["tcb"], "isvsvn"));
        RDT_TRY(level.date, node["tcbDate"].string());
        RDT_TRY(level.status, status_member(node));
        RDT_TRY(level.advisories, node["advisoryIDs"].strings_or_empty());
        levels.push_back(std::move(level));
    }
    return levels;
}

Result<TdxModule> read_module(const json::Node& node) {
    TdxModule module;
    RDT_TRY(module.id, node["id"].string_or());
    RDT_TRY(module.mr_signer, hex_member(node, "mrsigner", 48));
    RDT_TRY(module.attributes, hex_member(node, "attributes", 8));
    RDT_TRY(module.attributes_mask, hex_member(node, "attributesMask", 8));
    if (node["tcbLevels"].is_present()) {
        RDT_TRY(module.levels, read_svn_levels(node["tcbLevels"]));
    }
    return module;
}

/// The bytes of the value of a top-level member. The text is known to be one JSON object without repeated
/// members.
std::string_view raw_member(std::string_view text, std::string_view member) {
    int depth = 0;
    bool in_string = false;
    bool is_key = false; // whether the string that ended last was a key of the outermost object
    std::size_t string_start = 0;
    std::size_t value_start = 0;
    std::string_view key;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\')
                ++i;
            else if (c == '"') {
                in_string = false;
                if (is_key) key = text.substr(string_start, i - string_start);
            }
            continue;
        }
        if (c == '"') {
            in_string = true;
            string_start = i + 1;
            is_key = depth == 1 && value_start == 0;
        } else if (c == ':' && depth == 1 && value_start == 0) {
            value_start = i + 1;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']' || (c == ',' && depth == 1)) {
            if (depth == 1 && value_start != 0 && key == member) {
                auto value = text.substr(value_start, i - value_start);
                while (!value.empty() && (value.front() == ' ' || value.front() == '\n' ||
                                          value.front() == '\r' || value.front() == '\t'))
                    value.remove_prefix(1);
                while (!value.empty() && (value.back() == ' ' || value.back() == '\n' ||
                                          value.back() == '\r' || value.back() == '\t'))
                    value.remove_suffix(1);
                return value;
            }
            if (depth == 1) value_start = 0;
            if (c != ',') --depth;
        }
    }
    return {};
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
        text.remove_suffix(1);
    return text;
}

} // namespace

std::string_view name_of(TcbStatus status) {
    return k_statuses.at(static_cast<std::size_t>(status));
}

Result<TcbStatus> parse_tcb_status(std::string_view name) {
    const auto* found = std::ranges::find(k_statuses, name);
    if (found == k_statuses.end())
        return fail(Code::invalid_argument, "'{}' is not a known TCB status", name.substr(0, 60));
    return static_cast<TcbStatus>(found - k_statuses.begin());
}

Result<SignedDocument> join_document(std::string_view body, std::string_view signature_hex) {
    RDT_TRY(auto signature, encoding::from_hex(trimmed(signature_hex)).transform_error(context("signature")));
    if (signature.size() != 64)
        return fail(Code::invalid_argument, "signature: {} bytes, where 64 belong", signature.size());
    return SignedDocument{std::string(body), std::move(signature)};
}

Result<SignedDocument> split_response(std::string_view text, std::string_view member) {
    RDT_TRY(const auto document, json::parse(member, text, k_limits));
    if (!document.root()[member].is_object())
        return document.root()[member].wrong("missing, or not an object");
    RDT_TRY(const auto signature, document.root()["signature"].string());
    const auto body = raw_member(text, member);
    if (!body.starts_with('{')) return fail(Code::invalid_argument, "{}: its bytes were not found", member);
    return join_document(body, signature);
}

Result<TcbInfo> parse_tcb_info(std::string_view body) {
    RDT_TRY(const auto document, json::parse("tcbInfo", body, k_limits));
    const auto root = document.root();
    TcbInfo info;
    RDT_TRY(info.id, root["id"].string());
    RDT_TRY(const auto version, root["version"].unsigned_integer());
    if (version != 3) return root["version"].wrong("only version 3 is supported");
    RDT_TRY(std::tie(info.issue_date, info.issue_text), time_member(root, "issueDate"));
    RDT_TRY(std::tie(info.next_update, info.next_text), time_member(root, "nextUpdate"));
    RDT_TRY(info.fmspc, hex_member(root, "fmspc", 6));
    RDT_TRY(info.pce_id, hex_member(root, "pceId", 2));
    RDT_TRY(info.evaluation_number, number_member<std::uint32_t>(root, "tcbEvaluationDataNumber"));
    const bool is_tdx = info.id == "TDX";
    if (is_tdx) {
        RDT_TRY(info.module, read_module(root["tdxModule"]));
    }
    RDT_TRY(const auto identities, root["tdxModuleIdentities"].array_or_empty());
    for (const auto& node : identities) {
        RDT_TRY(auto module, read_module(node));
        info.identities.push_back(std::move(module));
    }
    RDT_TRY(const auto levels, root["tcbLevels"].array());
    if (levels.size() > k_max_levels || identities.size() > k_max_levels)
        return root.wrong("too many levels");
    for (const auto& node : levels) {
        RDT_TRY(auto level, read_level(node, is_tdx));
        info.levels.push_back(std::move(level));
    }
    return info;
}

Result<EnclaveIdentity> parse_enclave_identity(std::string_view body) {
    RDT_TRY(const auto document, json::parse("enclaveIdentity", body, k_limits));
    const auto root = document.root();
    EnclaveIdentity identity;
    RDT_TRY(identity.id, root["id"].string());
    RDT_TRY(const auto version, root["version"].unsigned_integer());
    if (version != 2) return root["version"].wrong("only version 2 is supported");
    RDT_TRY(std::tie(identity.issue_date, identity.issue_text), time_member(root, "issueDate"));
    RDT_TRY(std::tie(identity.next_update, identity.next_text), time_member(root, "nextUpdate"));
    RDT_TRY(identity.evaluation_number, number_member<std::uint32_t>(root, "tcbEvaluationDataNumber"));
    RDT_TRY(identity.misc_select, hex_member(root, "miscselect", 4));
    RDT_TRY(identity.misc_select_mask, hex_member(root, "miscselectMask", 4));
    RDT_TRY(identity.attributes, hex_member(root, "attributes", 16));
    RDT_TRY(identity.attributes_mask, hex_member(root, "attributesMask", 16));
    RDT_TRY(identity.mr_signer, hex_member(root, "mrsigner", 32));
    RDT_TRY(identity.isv_prod_id, number_member<std::uint16_t>(root, "isvprodid"));
    RDT_TRY(identity.levels, read_svn_levels(root["tcbLevels"]));
    return identity;
}

const TcbLevel* find_level(const TcbInfo& info, const Pck& pck, std::string_view tee_tcb_svn) {
    const auto reaches = [&](const TcbLevel& level) {
        for (std::size_t i = 0; i < 16; ++i)
            if (pck.sgx_components.at(i) < level.sgx_components.at(i)) return false;
        if (pck.pce_svn < level.pce_svn) return false;
        if (tee_tcb_svn.empty()) return true;
        // From module 1.5 on, the first two bytes are the module's own version and SVN, judged by its
        // identity.
        const std::size_t first = tee_tcb_svn[1] != 0 ? 2 : 0;
        for (std::size_t i = first; i < tee_tcb_svn.size(); ++i)
            if (static_cast<std::uint8_t>(tee_tcb_svn[i]) < level.tdx_components.at(i)) return false;
        return true;
    };
    const auto found = std::ranges::find_if(info.levels, reaches);
    return found == info.levels.end() ? nullptr : &*found;
}

const SvnLevel* find_level(const std::vector<SvnLevel>& levels, std::uint16_t isv_svn) {
    const auto found =
        std::ranges::find_if(levels, [isv_svn](const SvnLevel& level) { return level.isv_svn <= isv_svn; });
    return found == levels.end() ? nullptr : &*found;
}

const TdxModule* find_module(const TcbInfo& info, std::string_view tee_tcb_svn) {
    if (tee_tcb_svn.size() != 16) return nullptr;
    if (tee_tcb_svn[1] == 0) return info.module ? &*info.module : nullptr;
    const auto id = std::format("TDX_{:02X}", static_cast<std::uint8_t>(tee_tcb_svn[1]));
    const auto found = std::ranges::find(info.identities, id, &TdxModule::id);
    return found == info.identities.end() ? nullptr : &*found;
}

bool equal_under_mask(std::string_view value, std::string_view wanted, std::string_view mask) {
    if (value.size() != wanted.size() || value.size() != mask.size()) return false;
    for (std::size_t i = 0; i < value.size(); ++i)
        if (((value[i] ^ wanted[i]) & mask[i]) != 0) return false;
    return true;
}

TcbStatus converge(TcbStatus platform, std::optional<TcbStatus> module, std::optional<TcbStatus> qe) {
    if (platform == TcbStatus::revoked || module == TcbStatus::revoked || qe == TcbStatus::revoked)
        return TcbStatus::revoked;
    const auto is_bad = [](std::optional<TcbStatus> status) {
        return status && *status != TcbStatus::up_to_date;
    };
    if (!is_bad(module) && !is_bad(qe)) return platform;
    switch (platform) {
    case TcbStatus::configuration_needed:
    case TcbStatus::configuration_and_sw_hardening_needed:
    case TcbStatus::td_relaunch_advised_configuration_needed:
    case TcbStatus::out_of_date_configuration_needed: return TcbStatus::out_of_date_configuration_needed;
    case TcbStatus::up_to_date:
    case TcbStatus::sw_hardening_needed:
    case TcbStatus::td_relaunch_advised:
    case TcbStatus::out_of_date:
    case TcbStatus::revoked: break;
    }
    return TcbStatus::out_of_date;
}

} // namespace redoubt::tee::tdx
