// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "installer/setup/ask.hpp"

#include <charconv>
#include <format>
#include <functional>
#include <istream>
#include <iterator>
#include <ostream>
#include <sstream>

#include "common/base/file.hpp"

namespace redoubt::installer {
namespace {

using appliance::Answers;

constexpr std::size_t k_max_line = 4096;
constexpr std::string_view k_pem_begin = "-----BEGIN";
constexpr std::string_view k_pem_end = "-----END";

/// One person at one terminal.
class Person {
  public:
    Person(std::istream& in, std::ostream& out) : in_(in), out_(out) {}

    void tell(std::string_view text) { out_ << text << '\n' << std::flush; }

    Result<std::string> line() {
        std::string text;
        if (!std::getline(in_, text))
            return fail(Code::failed_precondition, "nobody answers any more: nothing was written");
        if (text.size() > k_max_line) text.resize(k_max_line);
        while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) text.pop_back();
        return text;
    }

    Result<std::string> ask(std::string_view question) {
        out_ << question << ": " << std::flush;
        return line();
    }

  private:
    std::istream& in_;
    std::ostream& out_;
};

std::string described(const Disk& disk) {
    return std::format("{:<14}{:>6} GiB  serial {:<20} {}", disk.path, disk.bytes >> 30U,
                       disk.serial.empty() ? "unknown" : disk.serial,
                       disk.is_medium         ? "the medium"
                       : disk.content.empty() ? "empty"
                                              : "has " + disk.content);
}

const Disk* numbered(const std::vector<Disk>& disks, const std::string& text) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > disks.size())
        return nullptr;
    return &disks[number - 1];
}

/// Takes the disk into the answers, or says why not.
Status take_disk(Person& person, const std::vector<Disk>& disks, const Disk& disk, Answers& answers) {
    answers.disk = disk.path;
    answers.erase = true;
    RDT_TRY(const auto usable, choose_disk(disks, answers));
    answers.erase = !usable.content.empty();
    if (!answers.erase) return {};
    person.tell(std::format("{} has {}. All of it would be lost.", usable.path, usable.content));
    RDT_TRY(const auto typed, person.ask(std::format("To erase it type {}", usable.path)));
    if (typed == usable.path) return {};
    return fail(Code::invalid_argument, "'{}' is not {}: it is left as it is", typed, usable.path);
}

Status ask_disk(Person& person, const std::vector<Disk>& disks, Answers& answers) {
    if (disks.empty()) return fail(Code::failed_precondition, "this machine has no disk");
    person.tell("\nDisks:");
    for (std::size_t n = 0; n < disks.size(); ++n)
        person.tell(std::format("  {}  {}", n + 1, described(disks[n])));
    while (true) {
        RDT_TRY(const auto text, person.ask("Number of the disk to install on"));
        const auto* disk = numbered(disks, text);
        if (disk == nullptr) {
            person.tell(std::format("refused: '{}' is none of the numbers 1 to {}", text, disks.size()));
            continue;
        }
        const auto taken = take_disk(person, disks, *disk, answers);
        if (taken) return {};
        person.tell("refused: " + taken.error().message);
    }
}

using Set = std::function<void(Answers&, const std::string&)>;

/// Asks until what `set` makes of it is an answer that an answer file may have.
Status ask_checked(Person& person, std::string_view question, Answers& answers, const Set& set) {
    while (true) {
        RDT_TRY(const auto text, person.ask(question));
        auto with = answers;
        set(with, text);
        const auto checked = appliance::parse_answers(appliance::render_answers(with), "answer");
        if (checked) {
            answers = *checked;
            return {};
        }
        person.tell("refused: " + checked.error().message);
    }
}

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
}

Status ask_network(Person& person, Answers& answers) {
    RDT_CHECK(ask_checked(person, "Addresses with prefix length, such as 192.0.2.7/24; empty: by DHCP",
                          answers,
                          [](Answers& with, const std::string& text) { with.addresses = words_of(text); }));
    if (answers.addresses.empty()) return {};
    RDT_CHECK(ask_checked(person, "Address of the router; empty: none", answers,
                          [](Answers& with, const std::string& text) { with.gateway = text; }));
    return ask_checked(person, "Addresses of name servers; empty: none", answers,
                       [](Answers& with, const std::string& text) { with.name_servers = words_of(text); });
}

/// A certificate as it is pasted, from its first line on; or a file's.
Result<std::string> certificate_of(Person& person, std::string text) {
    if (!text.starts_with(k_pem_begin)) return read_file(text, appliance::k_max_answers / 2);
    std::string pem = text + "\n";
    while (!text.starts_with(k_pem_end) && pem.size() < appliance::k_max_answers / 2) {
        RDT_TRY(text, person.line());
        pem += text + "\n";
    }
    return pem;
}

Status ask_administrator(Person& person, Answers& answers) {
    while (true) {
        RDT_TRY(const auto text,
                person.ask("Administrator's certificate: paste it, or name its file; empty: none"));
        if (text.empty()) return {};
        auto with = answers;
        auto pem = certificate_of(person, text);
        if (!pem) {
            person.tell("refused: " + pem.error().message);
            continue;
        }
        with.administrator = std::move(*pem);
        const auto checked = appliance::parse_answers(appliance::render_answers(with), "answer");
        if (checked) {
            answers = *checked;
            return {};
        }
        person.tell("refused: " + checked.error().message);
    }
}

Status ask_consent(Person& person, const Answers& answers) {
    person.tell(std::format(
        "\n  disk           {}{}\n  name           {}\n  network        {}\n  administrator  {}",
        answers.disk, answers.erase ? ", ERASED" : "", answers.host_name,
        answers.addresses.empty() ? "by DHCP" : answers.addresses.front(),
        answers.administrator.empty() ? "none: nobody can manage the node from outside yet" : "as given"));
    RDT_TRY(const auto text, person.ask("To install type yes"));
    if (text == "yes") return {};
    return fail(Code::failed_precondition, "not confirmed: nothing was written");
}

} // namespace

Result<Answers> ask_for_answers(std::istream& in, std::ostream& out, const std::vector<Disk>& disks) {
    Person person(in, out);
    Answers answers{.host_name = "redoubt", .minimum_isolation = "vm"};
    RDT_CHECK(ask_disk(person, disks, answers));
    RDT_CHECK(ask_checked(person, "Name of the node; empty: redoubt", answers,
                          [](Answers& with, const std::string& text) {
                              if (!text.empty()) with.host_name = text;
                          }));
    RDT_CHECK(ask_network(person, answers));
    RDT_CHECK(ask_administrator(person, answers));
    RDT_CHECK(ask_consent(person, answers));
    return answers;
}

} // namespace redoubt::installer
