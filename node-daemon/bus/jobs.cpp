// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/bus/jobs.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <format>
#include <tuple>

#include "node-daemon/bus/authority.hpp"
#include "node-daemon/bus/method.hpp"
#include "node-daemon/bus/names.hpp"

namespace redoubt::node::bus {
namespace {

constexpr double k_percent = 100;

std::string path_of(const Job& job) {
    return std::format("{}/{}", k_jobs, job.id);
}

int find_job(sd_bus* /*bus*/, const char* path, const char* /*interface*/, void* userdata, void** found,
             sd_bus_error* /*error*/) {
    *found = userdata;
    return static_cast<Jobs*>(userdata)->find(path) == nullptr ? 0 : 1;
}

int list_jobs(sd_bus* /*bus*/, const char* /*prefix*/, void* userdata, char*** nodes,
              sd_bus_error* /*error*/) {
    const auto& jobs = static_cast<Jobs*>(userdata)->all();
    // sd-bus frees the list and each of its strings.
    auto** list = static_cast<char**>(std::calloc(jobs.size() + 1, sizeof(char*)));
    if (list == nullptr) return -ENOMEM;
    std::size_t i = 0;
    for (const auto& [id, job] : jobs) list[i++] = ::strdup(path_of(*job).c_str());
    *nodes = list;
    return 1;
}

int get_property(sd_bus* /*bus*/, const char* path, const char* /*interface*/, const char* property,
                 sd_bus_message* reply, void* userdata, sd_bus_error* /*error*/) {
    const auto found = static_cast<const Jobs*>(userdata)->find(path);
    if (!found) return -ENOENT;
    const auto& job = *found;
    const std::string_view name = property;
    if (name == "Id") return ::sd_bus_message_append(reply, "u", job.id);
    if (name == "Kind") return ::sd_bus_message_append(reply, "s", job.kind.c_str());
    if (name == "Subject") return ::sd_bus_message_append(reply, "s", job.subject.c_str());
    if (name == "Cancellable") return ::sd_bus_message_append(reply, "b", job.is_cancellable ? 1 : 0);
    if (name == "State") return ::sd_bus_message_append(reply, "s", job.state.c_str());
    if (name == "Progress") return ::sd_bus_message_append(reply, "d", job.progress);
    return ::sd_bus_message_append(reply, "s", job.message.c_str());
}

Task<Message> cancel_job(Jobs& jobs, sd_bus_message* call) {
    const std::string path = ::sd_bus_message_get_path(call);
    auto job = jobs.find(path);
    if (!job) co_return fail(Code::not_found, "no job {}", path);
    RDT_CO_CHECK(co_await authorize(jobs.connection(), call, job->action));
    RDT_CO_CHECK(Jobs::cancel(*job));
    co_return new_reply(call);
}

constexpr std::uint64_t k_changes = SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE;
constexpr std::uint64_t k_constant = SD_BUS_VTABLE_PROPERTY_CONST;

const std::array k_vtable = std::to_array<sd_bus_vtable>({
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("Id", "u", get_property, 0, k_constant),
    SD_BUS_PROPERTY("Kind", "s", get_property, 0, k_constant),
    SD_BUS_PROPERTY("Subject", "s", get_property, 0, k_constant),
    SD_BUS_PROPERTY("Cancellable", "b", get_property, 0, k_constant),
    SD_BUS_PROPERTY("State", "s", get_property, 0, k_changes),
    SD_BUS_PROPERTY("Progress", "d", get_property, 0, k_changes),
    SD_BUS_PROPERTY("Message", "s", get_property, 0, k_changes),
    SD_BUS_METHOD("Cancel", "", "", (on_method<Jobs, cancel_job>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
});

} // namespace

Status Jobs::export_objects() {
    RDT_CHECK(check(::sd_bus_add_fallback_vtable(connection_.get(), nullptr, k_jobs, k_job_interface,
                                                 k_vtable.data(), find_job, this),
                    "put jobs on the bus"));
    return check(::sd_bus_add_node_enumerator(connection_.get(), nullptr, k_jobs, list_jobs, this),
                 "put jobs on the bus");
}

std::string Jobs::begin(JobRequest request) {
    auto job = std::make_shared<Job>(connection_.executor());
    job->id = next_++;
    job->kind = request.kind;
    job->subject = request.subject;
    job->action = request.action;
    job->is_cancellable = request.is_cancellable;
    jobs_.emplace(job->id, job);
    auto path = path_of(*job);
    ::sd_bus_emit_object_added(connection_.get(), path.c_str());
    working_.spawn(work(std::move(job), std::move(request)));
    return path;
}

void Jobs::report(Job& job, double progress) {
    const bool is_news = std::floor(progress * k_percent) > std::floor(job.progress * k_percent);
    job.progress = progress;
    if (!is_news) return;
    ::sd_bus_emit_properties_changed(connection_.get(), path_of(job).c_str(), k_job_interface, "Progress",
                                     nullptr);
    connection_.wake();
}

asio::awaitable<void> Jobs::work(std::shared_ptr<Job> job, JobRequest request) {
    co_await asio::post(connection_.executor(), asio::use_awaitable); // behind the caller's reply
    Status outcome;
    try {
        outcome = co_await request.work(job);
    } catch (const std::exception& error) {
        outcome = fail(Code::internal, "unexpected: {}", error.what());
    }
    if (outcome) {
        job->state = "done";
        job->progress = 1;
    } else {
        job->state = outcome.error().code == Code::cancelled ? "cancelled" : "failed";
        job->message = outcome.error().message;
    }
    remove(*job, outcome);
}

void Jobs::remove(const Job& job, const Status& outcome) {
    auto* bus = connection_.get();
    const auto path = path_of(job);
    ::sd_bus_emit_properties_changed(bus, path.c_str(), k_job_interface, "State", "Progress", "Message",
                                     nullptr);
    ::sd_bus_emit_signal(bus, k_root, k_manager_interface, "JobRemoved", "uoss", job.id, path.c_str(),
                         job.state.c_str(), outcome ? "" : outcome.error().message.c_str());
    ::sd_bus_emit_interfaces_removed(bus, path.c_str(), k_job_interface, nullptr);
    connection_.wake();
    jobs_.erase(job.id);
}

asio::awaitable<void> Jobs::finish() {
    for (const auto& [id, job] : jobs_) std::ignore = cancel(*job);
    co_await working_.join();
}

std::shared_ptr<Job> Jobs::find(std::string_view path) const {
    const auto digits = path.substr(path.rfind('/') + 1);
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
    if (error != std::errc() || end != digits.data() + digits.size()) return nullptr;
    const auto found = jobs_.find(id);
    return found == jobs_.end() ? nullptr : found->second;
}

Status Jobs::cancel(Job& job) {
    if (!job.is_cancellable)
        return fail(Code::failed_precondition, "a job of kind {} runs to its end", job.kind);
    job.is_cancelled = true;
    job.cancelled.set();
    return {};
}

} // namespace redoubt::node::bus
