// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/job_list.hpp"

#include <algorithm>

namespace redoubt::gui {
namespace {

constexpr std::size_t k_most_jobs = 500;

} // namespace

std::string JobList::begin(std::string title) {
    Job job;
    job.id = std::to_string(++last_id_);
    job.title = std::move(title);
    job.started_at = now_ns();
    jobs_.push_front(job);
    // One that runs is kept, however many there are.
    if (jobs_.size() > k_most_jobs && jobs_.back().state != JobState::running) jobs_.pop_back();
    Q_EMIT changed();
    return job.id;
}

void JobList::progress(const std::string& id, double done, std::string detail) {
    auto* const job = find(id);
    if (job == nullptr) return;
    job->progress = done;
    job->detail = std::move(detail);
    Q_EMIT changed();
}

void JobList::finish(const std::string& id, const Status& result) {
    auto* const job = find(id);
    if (job == nullptr) return;
    job->state = result ? JobState::done : JobState::failed;
    job->progress = result ? 1.0 : job->progress;
    job->detail = result ? std::string() : result.error().message;
    job->ended_at = now_ns();
    const auto ended = *job;
    Q_EMIT changed();
    Q_EMIT finished(ended);
}

std::size_t JobList::running() const {
    return static_cast<std::size_t>(std::ranges::count(jobs_, JobState::running, &Job::state));
}

Job* JobList::find(const std::string& id) {
    const auto found = std::ranges::find(jobs_, id, &Job::id);
    return found == jobs_.end() ? nullptr : &*found;
}

} // namespace redoubt::gui
