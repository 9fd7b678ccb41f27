// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/bus/authority.hpp"

#include <unistd.h>

namespace redoubt::node::bus {
namespace {

using namespace std::chrono_literals;

constexpr auto k_limit = 10s;
constexpr auto k_limit_with_person = 2min;
constexpr std::uint32_t k_allow_interaction = 1; // CheckAuthorizationFlags, polkit's D-Bus interface

Result<Message> new_call(Connection& connection, const char* service, const char* path, const char* interface,
                         const char* method) {
    sd_bus_message* raw = nullptr;
    RDT_CHECK(check(
        ::sd_bus_message_new_method_call(connection.get(), &raw, service, path, interface, method), method));
    return Message(raw);
}

bool is_person_allowed(sd_bus_message* call) {
    return ::sd_bus_message_get_allow_interactive_authorization(call) > 0;
}

Result<Message> make_question(Connection& connection, sd_bus_message* call, const std::string& action) {
    RDT_TRY(auto question,
            new_call(connection, "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                     "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization"));
    RDT_CHECK(check(::sd_bus_message_append(question.get(), "(sa{sv})sa{ss}us", "system-bus-name", 1, "name",
                                            "s", ::sd_bus_message_get_sender(call), action.c_str(), 0,
                                            is_person_allowed(call) ? k_allow_interaction : 0U, ""),
                    "ask polkit"));
    return question;
}

Task<bool> ask_polkit(Connection& connection, sd_bus_message* call, std::string action) {
    RDT_CO_TRY(auto question, make_question(connection, call, action));
    RDT_CO_TRY(const auto answer,
               co_await connection.call(std::move(question),
                                        is_person_allowed(call) ? k_limit_with_person : k_limit));
    int is_authorized = 0;
    int is_challenge = 0;
    RDT_CO_CHECK(
        check(::sd_bus_message_enter_container(answer.get(), 'r', "bba{ss}"), "read polkit's answer"));
    RDT_CO_CHECK(check(::sd_bus_message_read(answer.get(), "bb", &is_authorized, &is_challenge),
                       "read polkit's answer"));
    co_return is_authorized != 0;
}

Task<uid_t> user_of(Connection& connection, sd_bus_message* call) {
    RDT_CO_TRY(auto question, new_call(connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus", "GetConnectionUnixUser"));
    RDT_CO_CHECK(check(::sd_bus_message_append(question.get(), "s", ::sd_bus_message_get_sender(call)),
                       "ask the bus who calls"));
    RDT_CO_TRY(const auto answer, co_await connection.call(std::move(question), k_limit));
    std::uint32_t user = 0;
    RDT_CO_CHECK(check(::sd_bus_message_read(answer.get(), "u", &user), "read who calls"));
    co_return user;
}

Task<bool> is_authorized(Connection& connection, sd_bus_message* call, std::string action) {
    const auto user = co_await user_of(connection, call);
    if (!user) co_return std::unexpected(user.error());
    if (*user == 0 || *user == ::geteuid()) co_return true;
    co_return co_await ask_polkit(connection, call, std::move(action));
}

} // namespace

Task<void> authorize(Connection& connection, sd_bus_message* call, std::string action) {
    const auto answer = co_await is_authorized(connection, call, action);
    if (!answer)
        co_return fail(Code::permission_denied, "{}: not authorised: {}", action, answer.error().message);
    if (!*answer) co_return fail(Code::permission_denied, "{}: not authorised", action);
    co_return Status();
}

} // namespace redoubt::node::bus
