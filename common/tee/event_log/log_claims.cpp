// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/event_log/log_claims.hpp"

#include <boost/json/value.hpp>

#include "common/encoding/hex.hpp"

namespace redoubt::tee {
namespace {

template <class List>
std::string join(const List& list) {
    std::string text;
    for (const auto& element : list) text += (text.empty() ? "" : ", ") + std::format("{}", element);
    return text;
}

} // namespace

void check_log(Explanation& explanation, const EventLog& log, Hash bank,
               const std::map<std::uint32_t, std::string>& proved) {
    const auto registers = replay(log, bank);
    std::vector<std::string> wrong;
    if (registers)
        for (const auto& [index, value] : *registers) {
            const auto found = proved.find(index);
            if (found != proved.end() && found->second != value)
                wrong.push_back(std::format("register {}: the log gives {}", index, encoding::to_hex(value)));
        }
    if (!registers) wrong.push_back(registers.error().message);
    if (proved.empty() && registers)
        explanation.skip(Stage::crypto, "log.replay", "values of the registers", "no register values given");
    else
        explanation.check(Stage::crypto, "log.replay", wrong.empty(),
                          std::format("the {} registers that were proved", name_of(bank)),
                          wrong.empty() ? "the log gives the same" : join(wrong), "event log");
    const auto mismatched = mismatched_events(log);
    const std::string events = mismatched ? join(*mismatched) : mismatched.error().message;
    explanation.check(Stage::policy, "log.binding", mismatched && mismatched->empty(),
                      "data that its digest was made of, in events whose type says so",
                      events.empty() ? "as expected" : "events " + events, "TCG PFP 10.4");
    const auto repeated = repeated_separators(log);
    explanation.check(Stage::policy, "log.separators", repeated.empty(), "at most one separator a register",
                      repeated.empty() ? "as expected" : "more in registers " + join(repeated),
                      "TCG PFP 3.3");
}

boost::json::object log_json(const EventLog& log) {
    boost::json::object banks;
    boost::json::object values;
    for (const Hash bank : log.banks) {
        banks[name_of(bank)] = size_of(bank);
        const auto registers = replay(log, bank);
        if (!registers) continue;
        boost::json::object object;
        for (const auto& [index, value] : *registers) object[std::to_string(index)] = encoding::to_hex(value);
        values[name_of(bank)] = std::move(object);
    }
    return {{"events", log.events.size()},
            {"bytes_used", log.bytes_used},
            {"banks", std::move(banks)},
            {"replay", std::move(values)}};
}

boost::json::array events_json(const EventLog& log) {
    boost::json::array list;
    for (const Event& event : log.events) {
        boost::json::object digests;
        for (const auto& [hash, digest] : event.digests) digests[name_of(hash)] = encoding::to_hex(digest);
        const auto binding = binding_of(event);
        std::string_view trusted = "unbound";
        if (binding && *binding == Binding::bound) trusted = "bound";
        if (binding && *binding == Binding::mismatched) trusted = "mismatched";
        list.push_back({{"index", event.index},
                        {"type", name_of_event(event.type)},
                        {"digests", std::move(digests)},
                        {"data", encoding::to_hex(event.data)},
                        {"data_is", trusted}});
    }
    return list;
}

} // namespace redoubt::tee
