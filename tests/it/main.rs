mod enumerate;
mod pairs;
mod plans;
mod ways_out;
