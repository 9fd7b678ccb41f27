// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/access_output.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <format>

#include "common/encoding/json.hpp"
#include "node-daemon/ctl/json_text.hpp"
#include "node-daemon/ctl/table.hpp"
#include "node-daemon/ctl/time_text.hpp"

namespace redoubt::ctl {
namespace {

namespace bj = boost::json;

std::string or_dash(const std::string& text) {
    return text.empty() ? "-" : text;
}

} // namespace

std::string name_of_role(node::v1::Role role) {
    if (role == node::v1::ADMIN) return "admin";
    return role == node::v1::VIEWER ? "viewer" : "";
}

std::string render_identity(const node::v1::GetIdentityResponse& identity) {
    std::vector<std::vector<std::string>> rows{{"Fingerprint:", identity.fingerprint()},
                                               {"From outside:", or_dash(identity.listen())}};
    if (!identity.caller_name().empty())
        rows.push_back({"We are:", std::format("{} ({})", printable(identity.caller_name()),
                                               name_of_role(identity.caller_role()))});
    return render_table(rows);
}

std::string identity_json(const node::v1::GetIdentityResponse& identity) {
    return indented(bj::object{{"fingerprint", identity.fingerprint()},
                               {"certificate", identity.certificate()},
                               {"listen", identity.listen()},
                               {"caller_name", identity.caller_name()},
                               {"caller_role", name_of_role(identity.caller_role())}});
}

std::string render_pairing(const node::v1::Pairing& pairing) {
    if (!pairing.open()) return std::format("Pairing is closed: {}\n", pairing.closed_reason());
    return render_table({{"Code:", pairing.code()},
                         {"Fingerprint:", pairing.fingerprint()},
                         {"From outside:", or_dash(pairing.listen())},
                         {"Tries left:", std::to_string(pairing.tries_left())},
                         {"Time left:", std::format("{} s", pairing.seconds_left())}});
}

std::string pairing_json(const node::v1::Pairing& pairing) {
    return indented(bj::object{{"open", pairing.open()},
                               {"code", pairing.code()},
                               {"fingerprint", pairing.fingerprint()},
                               {"listen", pairing.listen()},
                               {"tries_left", pairing.tries_left()},
                               {"seconds_left", pairing.seconds_left()},
                               {"closed_reason", pairing.closed_reason()}});
}

std::string recovery_key_json(const std::string& key) {
    return indented(bj::object{{"recovery_key", key}});
}

std::string render_clients(const node::v1::ListClientsResponse& clients) {
    std::vector<std::vector<std::string>> rows{{"NAME", "ROLE", "ADDED", "BY", "FINGERPRINT"}};
    for (const auto& client : clients.clients())
        rows.push_back({printable(client.name()), name_of_role(client.role()), render_time(client.added_at()),
                        printable(client.added_by()), client.fingerprint()});
    return render_table(rows);
}

std::string clients_json(const node::v1::ListClientsResponse& clients) {
    bj::array list;
    for (const auto& client : clients.clients())
        list.push_back(bj::object{{"name", client.name()},
                                  {"role", name_of_role(client.role())},
                                  {"added_at", time_value(client.added_at())},
                                  {"added_by", client.added_by()},
                                  {"fingerprint", client.fingerprint()}});
    return indented(list);
}

std::string render_profiles(const std::vector<remote::Profile>& profiles) {
    std::vector<std::vector<std::string>> rows{{"NAME", "ADDRESS", "ROLE", "FINGERPRINT"}};
    for (const auto& profile : profiles)
        rows.push_back({profile.name, printable(profile.address), or_dash(printable(profile.role)),
                        profile.fingerprint.str()});
    return render_table(rows);
}

std::string profiles_json(const std::vector<remote::Profile>& profiles) {
    bj::array list;
    for (const auto& profile : profiles)
        list.push_back(bj::object{{"name", profile.name},
                                  {"address", profile.address},
                                  {"role", profile.role},
                                  {"fingerprint", profile.fingerprint.str()}});
    return indented(list);
}

Result<std::int64_t> first_sequence(const std::string& line) {
    const auto record = json::parse("audit record", line);
    const auto sequence = record ? record->root()["seq"].integer_or(0).value_or(0) : 0;
    if (sequence < 1) return fail(Code::data_loss, "an audit record without a number");
    return sequence;
}

} // namespace redoubt::ctl
